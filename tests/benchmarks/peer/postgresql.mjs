// What oidc-provider keeps, in PostgreSQL: as durable as our own storage, and as strict about what
// is used once. One statement per call, prepared; `json`, which costs the server less than `jsonb`.

import { errors } from 'oidc-provider';
import pg from 'pg';

const TABLE = `
  CREATE TABLE IF NOT EXISTS kept (
    kind text NOT NULL,
    id text NOT NULL,
    payload json NOT NULL,
    grant_id text,
    uid text,
    consumed_at bigint,
    expires_at bigint,
    PRIMARY KEY (kind, id)
  );
  CREATE INDEX IF NOT EXISTS kept_by_grant ON kept (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS kept_by_uid ON kept (uid) WHERE uid IS NOT NULL;
`;
const PUT = `
  INSERT INTO kept (kind, id, payload, grant_id, uid, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (kind, id) DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id,
    uid = excluded.uid, expires_at = excluded.expires_at
`;
const LIVE = '(expires_at IS NULL OR expires_at > $3)';
const FIND = `SELECT payload, consumed_at FROM kept WHERE kind = $1 AND id = $2 AND ${LIVE}`;
const BY_UID = `SELECT payload, consumed_at FROM kept WHERE kind = $1 AND uid = $2 AND ${LIVE}`;
const CONSUME = `
  UPDATE kept SET consumed_at = $3 WHERE kind = $1 AND id = $2 AND consumed_at IS NULL
`;
const DESTROY = 'DELETE FROM kept WHERE kind = $1 AND id = $2';
const REVOKE = 'DELETE FROM kept WHERE grant_id = $1';

const now = () => Math.floor(Date.now() / 1000);

export async function openAdapters(database, connections) {
  const pool = new pg.Pool({ ...database, max: connections });
  await pool.query(TABLE);
  const ask = (name, text, values) => pool.query({ name, text, values });

  return class {
    constructor(kind) {
      this.kind = kind;
    }

    async upsert(id, payload, expiresIn) {
      const until = expiresIn ? now() + expiresIn : null;
      // A session is found by its uid too; a grant is not one of its own members.
      const uid = this.kind === 'Session' ? payload.uid : null;
      const grant = this.kind === 'Grant' ? null : (payload.grantId ?? null);
      await ask('put', PUT, [this.kind, id, JSON.stringify(payload), grant, uid, until]);
    }

    async find(id) {
      return this.#found(await ask('find', FIND, [this.kind, id, now()]));
    }

    async findByUid(uid) {
      return this.#found(await ask('by-uid', BY_UID, [this.kind, uid, now()]));
    }

    async findByUserCode() {
      return undefined; // the device flow is not part of what is measured
    }

    // Guarded: of several that come at once one gets through, on however many nodes.
    async consume(id) {
      const done = await ask('consume', CONSUME, [this.kind, id, now()]);
      if (done.rowCount === 0) throw new errors.InvalidGrant('used already');
    }

    async destroy(id) {
      await ask('destroy', DESTROY, [this.kind, id]);
    }

    async revokeByGrantId(grant) {
      await ask('revoke', REVOKE, [grant]);
    }

    #found({ rows: [row] }) {
      if (!row) return undefined;
      return row.consumed_at ? { ...row.payload, consumed: Number(row.consumed_at) } : row.payload;
    }
  };
}
