import { useEffect } from 'react'
import { ActorsPanel } from './actors-panel'
import { Banner } from './banner'
import { BotsPanel } from './bots-panel'
import { contactStore } from './contact'
import { EquityPanel } from './equity-panel'
import { FeedPanel } from './feed-panel'
import { Figures } from './figures'
import { useStore } from './hooks'
import { KillSwitchStrip } from './kill-switch'
import { startLive } from './live'
import { LimitsPanel } from './limits-panel'
import { Masthead } from './masthead'
import { OpenOrdersPanel, RecentOrdersPanel } from './orders-panel'
import { PositionsPanel } from './positions-panel'
import { RiskPanel } from './risk-panel'
import { SignIn } from './sign-in'
import { Toasts } from './toasts'
import { UniversePanel } from './universe-panel'
import { ConfirmProvider } from './use-command'

/** The whole page. While the backend is away what it shows is grey: it may not be so any more. */
export function App() {
  const isAway = useStore(contactStore).kind === 'away'
  useEffect(() => startLive(), [])
  return (
    <ConfirmProvider>
      <a className="skip" href="#content">
        Skip to the bots
      </a>
      <div className="top">
        <Masthead />
        <KillSwitchStrip />
        <Banner />
      </div>
      <main id="content" tabIndex={-1} data-away={isAway}>
        <Figures />
        <div className="panels">
          <BotsPanel />
          <EquityPanel />
          <RiskPanel />
          <OpenOrdersPanel />
          <PositionsPanel />
          <LimitsPanel />
          <UniversePanel />
          <RecentOrdersPanel />
          <FeedPanel />
          <ActorsPanel />
        </div>
      </main>
      <SignIn />
      <Toasts />
    </ConfirmProvider>
  )
}
