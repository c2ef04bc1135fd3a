/** A user of this machine, by numeric ids. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** The uid and gid for `spawn`; empty for the current user. */
export function ids(account: Account | undefined): { uid?: number; gid?: number } {
  return account === undefined ? {} : { uid: account.uid, gid: account.gid }
}
