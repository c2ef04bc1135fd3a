import { type Client, DatabaseError } from 'pg'
import { bootstrapRole, serverRole } from './connect.ts'

/** The error class of a Postgres that is shutting down: 57P01 and related. */
const beingStopped = '57'

/** What tests and benchmarks need in addition: creating databases, and checkpoints. */
const testRights = `
  alter role ${serverRole} createdb;
  grant pg_checkpoint to ${serverRole};
`

/**
 * Everything that the bootstrap role owns except the system's own objects (whose ids are below 16384). Indexes,
 * sequences of columns, row types and arrays follow the objects they belong to.
 */
const giveAway = `
  do $$
    declare
      statement text;
    begin
      for statement in
        select format('alter schema %I owner to ${serverRole}', nspname)
          from pg_namespace where nspowner = current_user::regrole and oid >= 16384
        union all
        select format('alter table %s owner to ${serverRole}', c.oid::regclass)
          from pg_class as c
          where relowner = current_user::regrole and oid >= 16384 and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
            and not exists (
              select from pg_depend
              where classid = 'pg_class'::regclass and objid = c.oid and refclassid = 'pg_class'::regclass
                and deptype in ('a', 'i') and c.relkind = 'S'
            )
        union all
        select format('alter type %s owner to ${serverRole}', t.oid::regtype)
          from pg_type as t left join pg_class as c on c.oid = t.typrelid
          where typowner = current_user::regrole and t.oid >= 16384
            and (typtype in ('e', 'd', 'r') or c.relkind = 'c')
        union all
        select format('alter routine %s owner to ${serverRole}', oid::regprocedure)
          from pg_proc where proowner = current_user::regrole and oid >= 16384
        union all
        select format('alter statistics %s.%I owner to ${serverRole}', stxnamespace::regnamespace, stxname)
          from pg_statistic_ext where stxowner = current_user::regrole
      loop
        execute statement;
      end loop;
    end
  $$;
`

/**
 * Creates the role that the server connects as, makes it the owner of the database and everything in it, and revokes
 * the login of the superuser that this connection uses: an attacker who controls the server, or one of its statements,
 * gets Twinpanel's data, but neither the files of the machine nor a shell. In one transaction. Once per cluster: after
 * initdb, or at the first start of a version that has this role. False if Postgres is stopped meanwhile, for example by
 * another server that takes it for an orphan. Throws all other errors of Postgres.
 */
export async function makeServerRole(
  client: Client,
  password: string,
  { forTests }: { readonly forTests: boolean },
): Promise<boolean> {
  const statements = `
    begin;
    set local search_path = pg_catalog;
    create role ${serverRole} login password ${client.escapeLiteral(password)};
    alter database postgres owner to ${serverRole};
    ${giveAway}
    ${forTests ? testRights : ''}
    alter role ${bootstrapRole} nologin password null;
    commit;
  `
  try {
    await client.query(statements)
    return true
  } catch (error) {
    if (error instanceof DatabaseError && error.code?.startsWith(beingStopped) !== true) throw error
    return false
  }
}
