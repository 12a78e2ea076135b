import { type FSWatcher, watch } from 'node:fs'
import type { BackendHost } from '@roamkit/core/contract'

/**
 * Follows the folder where networkd keeps a file for each link, named by the index. networkd writes it also when it emits no signal: when DNS servers or
 * search domains change. Reads none of the files. Returns the undo. If the folder cannot be followed, only the signals tell of changes.
 *
 * @param changed gets the index of a link
 */
export function followStateFiles(
  folder: string,
  changed: (index: number) => void,
  log: BackendHost['log'],
): () => void {
  let watcher: FSWatcher
  try {
    watcher = watch(folder, (_event, file) => {
      // Others are temporary.
      if (file !== null && /^[1-9]\d{0,9}$/.test(file)) changed(Number(file))
    })
  } catch (error) {
    log('the state of systemd-networkd cannot be followed', { error })
    return () => undefined
  }
  watcher.on('error', (error) => {
    watcher.close()
    log('the state of systemd-networkd cannot be followed', { error })
  })
  return () => watcher.close()
}
