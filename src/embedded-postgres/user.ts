/** A user of this machine, as numbers. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** The uid and gid for `spawn`; nothing for our own. */
export function ids(account: Account | undefined): { uid?: number; gid?: number } {
  return account === undefined ? {} : { uid: account.uid, gid: account.gid }
}
