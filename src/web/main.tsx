import '@mantine/core/styles.css'
import './tokens.css'
import './base.css'
import './top.css'
import './badges.css'
import './panels.css'
import './tables.css'
import './controls.css'
import './responsive.css'
import { createTheme, MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app'
import { queryClient } from './queries'

/** Mantine's dark greys, brought to the page's own. */
const dark = ['#edeaf3', '#c9c4d4', '#a9a3b7', '#8a8499', '#4a4557', '#312e3b', '#22202a', '#1a1920', '#15141a', '#121117'] as const

const theme = createTheme({
  colors: { dark },
  primaryColor: 'violet',
  primaryShade: { light: 8, dark: 6 },
  defaultRadius: 'md',
  fontFamily: 'var(--font)',
  cursorType: 'pointer',
})

const root = document.getElementById('root')
if (root === null) throw new Error('The page has no #root element')
// A foreign page that frames this one could lay it invisibly under its own buttons and have the owner press ours.
if (window.top !== window.self) root.textContent = 'Troupe does not run inside another page. Open it in a tab of its own.'
else {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto">
        <QueryClientProvider client={queryClient}>
          <App />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  )
}
