import type { Config } from '../../config.ts'
import { describeObstacle, findObstacle, placeOf } from '../find-listener.ts'
import { type Check, good, note, problem } from './check.ts'

/** Whether the server could listen, and if not, who does. */
export async function checkPort(config: Config): Promise<Check> {
  if (config.port === 0) return good('port', 'any free one')
  const obstacle = await findObstacle(config)
  if (obstacle === undefined) return good('port', `${placeOf(config)} is free`)
  if (obstacle.kind === 'other') {
    const found = `Twinpanel cannot listen on ${placeOf(config)} (${obstacle.code}).`
    return problem('port', found, 'Set HOST and PORT to others.')
  }
  const [found, advice] = describeObstacle(obstacle, config)
  return obstacle.kind === 'twinpanel' ? note('port', found, advice) : problem('port', found, advice)
}
