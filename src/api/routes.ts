import { booksRoutes } from './books-routes'
import { botRoutes } from './bot-routes'
import { companyRoutes } from './company-routes'
import { type ControlSource, routeGroup } from './context'
import { gateRoutes } from './gate-routes'
import { healthRoutes } from './health-routes'
import { orderRoutes } from './order-routes'
import { portfolioRoutes } from './portfolio-routes'
import { riskConfigRoutes } from './risk-config-routes'
import { riskRoutes } from './risk-routes'
import { systemRoutes } from './system-routes'
import { universeRoutes } from './universe-routes'

/** Mounts every group; the type of the result is what the page's typed client is made from. */
export function mountRoutes(control: ControlSource) {
  return routeGroup()
    .route('/api/v1', healthRoutes(control))
    .route('/api/v1', botRoutes(control))
    .route('/api/v1', companyRoutes(control))
    .route('/api/v1', orderRoutes(control))
    .route('/api/v1', portfolioRoutes(control))
    .route('/api/v1', booksRoutes(control))
    .route('/api/v1', riskRoutes(control))
    .route('/api/v1', gateRoutes(control))
    .route('/api/v1', riskConfigRoutes(control))
    .route('/api/v1', universeRoutes(control))
    .route('/api/v1', systemRoutes(control))
}

/** Type of the routes, for `hc<App>`. */
export type App = ReturnType<typeof mountRoutes>
