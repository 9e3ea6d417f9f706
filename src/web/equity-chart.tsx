import { useComputedColorScheme } from '@mantine/core'
import { AreaSeries, createChart, type IChartApi, type ISeriesApi, type Time, type UTCTimestamp } from 'lightweight-charts'
import { useEffect, useRef } from 'react'
import type { EquityPoint } from './queries'

interface Drawing {
  readonly chart: IChartApi
  readonly series: ISeriesApi<'Area', Time>
}

const GROUPED = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

function applyTheme({ chart, series }: Drawing): void {
  chart.applyOptions({
    layout: { background: { color: 'transparent' }, textColor: colour('--muted'), fontFamily: colour('--font'), fontSize: 11 },
    grid: { vertLines: { visible: false }, horzLines: { color: colour('--line') } },
    localization: { priceFormatter: (value: number) => GROUPED.format(value) },
    rightPriceScale: { borderVisible: false, entireTextOnly: true, scaleMargins: { top: 0.12, bottom: 0.08 } },
    timeScale: { borderColor: colour('--line'), timeVisible: true, secondsVisible: false },
  })
  series.applyOptions({ lineColor: colour('--accent'), topColor: colour('--accent-wash'), bottomColor: 'transparent', lineWidth: 2 })
}

/** The chart wants ascending whole seconds without repeats; of several points in one second the last counts. */
function toSeries(points: readonly EquityPoint[]): { time: UTCTimestamp; value: number }[] {
  const bySecond = new Map<number, number>()
  for (const point of points) bySecond.set(Math.floor(point.atMs / 1_000), Number(point.equity))
  return [...bySecond].sort(([a], [b]) => a - b).map(([second, value]) => ({ time: second as UTCTimestamp, value }))
}

/** An area chart of equity. Drawn on a canvas, so that `summary` tells a screen reader what it shows. */
export function EquityChart({ points, summary }: { readonly points: readonly EquityPoint[]; readonly summary: string }) {
  const box = useRef<HTMLDivElement>(null)
  const drawing = useRef<Drawing | null>(null)
  const scheme = useComputedColorScheme('light')

  useEffect(() => {
    if (box.current === null) return
    const chart = createChart(box.current, {
      autoSize: true,
      handleScroll: false,
      handleScale: false,
      crosshair: { horzLine: { labelVisible: true } },
    })
    drawing.current = { chart, series: chart.addSeries(AreaSeries, { priceLineVisible: false }) }
    return () => {
      drawing.current = null
      chart.remove()
    }
  }, [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the scheme changes the colours that are read from the style sheet.
  useEffect(() => {
    if (drawing.current !== null) applyTheme(drawing.current)
  }, [scheme])

  useEffect(() => {
    drawing.current?.series.setData(toSeries(points))
    drawing.current?.chart.timeScale().fitContent()
  }, [points])

  return (
    <figure className="chart">
      <figcaption className="hidden">{summary}</figcaption>
      <div ref={box} className="chart-box" aria-hidden="true" inert data-testid="equity-chart" />
    </figure>
  )
}
