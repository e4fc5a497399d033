// A store in memory that keeps everything until it expires: that of `oidc-provider` for development keeps a thousand entries.
const kept = new Map();
const userCodes = new Map();
const uids = new Map();
const grants = new Map();

export class MapAdapter {
  constructor(model) {
    this.model = model;
  }

  key(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload, expiresIn) {
    const key = this.key(id);
    kept.set(key, { payload, end: expiresIn === undefined ? Infinity : Date.now() + expiresIn * 1000 });
    if (payload.userCode) userCodes.set(payload.userCode, id);
    if (payload.uid) uids.set(payload.uid, id);
    if (payload.grantId) {
      const keys = grants.get(payload.grantId) ?? new Set();
      grants.set(payload.grantId, keys.add(key));
    }
  }

  async find(id) {
    const entry = kept.get(this.key(id));
    if (!entry || entry.end > Date.now()) return entry?.payload;
    await this.destroy(id);
  }

  async findByUserCode(userCode) {
    return this.find(userCodes.get(userCode));
  }

  async findByUid(uid) {
    return this.find(uids.get(uid));
  }

  async consume(id) {
    kept.get(this.key(id)).payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    const key = this.key(id);
    const { userCode, uid } = kept.get(key)?.payload ?? {};
    kept.delete(key);
    userCodes.delete(userCode);
    uids.delete(uid);
  }

  async revokeByGrantId(grantId) {
    for (const key of grants.get(grantId) ?? []) kept.delete(key);
    grants.delete(grantId);
  }
}
