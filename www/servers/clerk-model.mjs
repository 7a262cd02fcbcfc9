/**
 * Who is signed in at the stand-in for Clerk: users, organizations, sessions, and their JSON as the Frontend API words it.
 * One browser: there is one client. Times are ms, but claims' are seconds.
 */
import { SignJWT } from 'jose';

/** What Clerk writes into `cat`: a session token, and one made from a template. */
const CATEGORY = { session: 'cl_B7d4PD111AAA', template: 'cl_B7d4PD222AAA' };

/** `templates` maps a template's name to `(user, session) => claims`. */
export function createModel({ keys, issuer, lifetimeSeconds, templates, shareTokens, now }) {
  const users = new Map();
  const sessions = new Map();
  const began = now();
  let active = null;
  let changed = now();
  let count = 0;
  const touch = () => (changed = Math.max(changed + 1, now()));

  const user = (id) => {
    if (!users.has(id)) users.set(id, { id, metadata: {}, organizations: [], updatedAt: now() });
    return users.get(id);
  };

  const model = {
    user,
    session: (id) => sessions.get(id),
    live: () => [...sessions.values()].filter(({ status }) => status === 'active'),
    lastActive: () => active,
    /** When anything changed last, ms. */
    changed: () => changed,

    /** Signs a user in; the new session becomes the browser's last active one. */
    signIn(userId, { id = `sess_${userId}_${++count}`, createdAt = now(), actor = null } = {}) {
      user(userId);
      const session = { id, userId, status: 'active', organizationId: null, actor, createdAt, answer: 404 };
      sessions.set(id, session);
      active = id;
      touch();
      return { sessionId: id, userId };
    },
    /** Ends a session at the server, behind the pages' backs; its calls then answer `answer`, 401 or 404. */
    end(id, answer = 404) {
      Object.assign(sessions.get(id), { status: 'removed', answer });
      if (active === id) active = model.live()[0]?.id ?? null;
      touch();
    },
    endAll: () => model.live().forEach(({ id }) => model.end(id)),
    activate(id, organizationId) {
      active = id;
      if (organizationId !== undefined) sessions.get(id).organizationId = organizationId || null;
      touch();
    },
    addOrganization(userId, id, role = 'org:member') {
      const owner = user(userId);
      owner.organizations = [...owner.organizations.filter((other) => other.id !== id), { id, role }];
      owner.updatedAt = touch();
    },
    setMetadata(userId, metadata) {
      Object.assign(user(userId), { metadata, updatedAt: touch() });
    },

    /** A token as of now; null where there is no such template. */
    async mint(session, { template, organizationId = session.organizationId, azp } = {}) {
      const owner = user(session.userId);
      const made = template === undefined ? sessionClaims(owner, session, organizationId) : templates[template]?.(owner, session);
      if (!made) return null;
      const iat = Math.floor(now() / 1000);
      const claims = { ...made, iss: issuer, sub: owner.id, azp, iat, nbf: iat - 5, exp: iat + lifetimeSeconds };
      const cat = template === undefined ? CATEGORY.session : CATEGORY.template;
      return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: keys.kid, cat, oiat: iat }).sign(keys.privateKey);
    },

    async clientJson(azp) {
      return {
        object: 'client',
        id: 'client_1',
        sessions: await Promise.all(model.live().map((session) => model.sessionJson(session, azp))),
        sign_in: null,
        sign_up: null,
        last_active_session_id: active,
        captcha_bypass: false,
        cookie_expires_at: null,
        created_at: began,
        updated_at: changed,
      };
    },

    async sessionJson(session, azp) {
      const owner = user(session.userId);
      const carries = shareTokens === 'all' || (shareTokens === 'active' && session.id === active);
      return {
        object: 'session',
        id: session.id,
        status: session.status,
        expire_at: session.createdAt + 7 * 86_400_000,
        abandon_at: session.createdAt + 30 * 86_400_000,
        last_active_at: changed,
        last_active_organization_id: session.organizationId,
        factor_verification_age: [0, -1],
        actor: session.actor,
        tasks: null,
        last_active_token: carries ? { object: 'token', jwt: await model.mint(session, { azp }) } : null,
        user: userJson(owner, began),
        public_user_data: { user_id: owner.id, identifier: owner.id, has_image: false, image_url: '' },
        created_at: session.createdAt,
        updated_at: changed,
      };
    },
  };
  return model;
}

const sessionClaims = (user, session, organizationId) => {
  const membership = user.organizations.find(({ id }) => id === organizationId);
  return {
    sid: session.id,
    sts: 'active',
    v: 2,
    fva: [0, -1],
    ...(session.actor && { act: session.actor }),
    ...(membership && { o: { id: membership.id, rol: membership.role.replace('org:', ''), slg: membership.id } }),
    // As `{{user.public_metadata}}` in the claims that a dashboard adds to session tokens.
    metadata: user.metadata,
  };
};

const userJson = (user, began) => ({
  object: 'user',
  id: user.id,
  username: user.id,
  first_name: null,
  last_name: null,
  image_url: '',
  has_image: false,
  email_addresses: [],
  phone_numbers: [],
  web3_wallets: [],
  external_accounts: [],
  enterprise_accounts: [],
  passkeys: [],
  saml_accounts: [],
  organization_memberships: user.organizations.map(({ id, role }) => membershipJson(user, id, role, began)),
  public_metadata: user.metadata,
  unsafe_metadata: {},
  two_factor_enabled: false,
  create_organization_enabled: true,
  created_at: began,
  updated_at: user.updatedAt,
});

const membershipJson = (user, id, role, began) => ({
  object: 'organization_membership',
  id: `mem_${user.id}_${id}`,
  role,
  role_name: role,
  permissions: [],
  public_metadata: {},
  public_user_data: { user_id: user.id, identifier: user.id, has_image: false, image_url: '' },
  organization: {
    object: 'organization',
    id,
    name: id,
    slug: id,
    image_url: '',
    has_image: false,
    members_count: 1,
    max_allowed_memberships: 5,
    admin_delete_enabled: true,
    public_metadata: {},
    created_at: began,
    updated_at: began,
  },
  created_at: began,
  updated_at: user.updatedAt,
});
