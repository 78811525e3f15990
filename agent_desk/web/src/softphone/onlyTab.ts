/** Lets one tab of this browser at a time be the telephone: a second one would take its place. */

/**
 * Waits until no other tab holds `name`; gives the function that lets the next one have it.
 * Where the browser has no locks, as on plain http, there is nothing to wait for.
 * Throws `AbortError` once `signal` is aborted while it waits.
 */
export function onlyTab(name: string, signal: AbortSignal): Promise<() => void> {
  const locks = navigator.locks as LockManager | undefined // absent on plain http
  if (!locks) return Promise.resolve(() => undefined)
  return new Promise((resolve, reject) => {
    locks
      .request(
        name,
        { signal },
        () =>
          new Promise<void>((release) => {
            resolve(release)
          }),
      )
      .catch(reject)
  })
}
