/** Which units the next send goes to. */
import type { DispatchInfo, DispatchStatus } from '@/api/types'
import { isChoosable } from './lamps'

/**
 * Whether a unit is ticked. Those the form names are, until they have the order; one that gave
 * it back is not, so that it gets the order again only if the seat says so. `turned` are the
 * units whose tick the seat turned over.
 */
export function isTicked(
  unitId: string,
  named: string[],
  status: DispatchStatus | null,
  turned: Set<string>,
): boolean {
  if (!isChoosable(status)) return false
  const wanted = status === null && named.includes(unitId)
  return wanted !== turned.has(unitId)
}

/** Ids of the ticked units, those of the form first. */
export function tickedUnits(
  named: string[],
  dispatches: DispatchInfo[],
  turned: Set<string>,
): string[] {
  const status = new Map(dispatches.map((one) => [one.unit_id, one.status]))
  const ids = [...new Set([...named, ...status.keys()])]
  return ids.filter((id) => isTicked(id, named, status.get(id) ?? null, turned))
}

/** Units that gave the order back since `before`. */
export function newlyRejected(before: DispatchInfo[], now: DispatchInfo[]): DispatchInfo[] {
  const known = new Map(before.map((one) => [one.unit_id, one.status]))
  return now.filter(
    (one) => one.status === 'rejected' && !['rejected', undefined].includes(known.get(one.unit_id)),
  )
}
