// An OpenID Provider that is not ours: oidc-provider, certified by the OpenID Foundation, with users and scopes like those of NHS CIS2.
// It prints its address once it answers. CLIENT_KEYS is the client's key set, BACK_CHANNEL where it is told of ended sessions.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const role = (org, id) => ({
  person_orgid: "1",
  person_roleid: id,
  org_code: org,
  role_code: "S8000:G8000:R8001",
  role_name: '"Clinical":"Clinical Provision":"Nurse Access Role"',
  workgroups: ["Ward 7"],
});
const users = {
  555001: { name: "OKAFOR Ada (Miss)", nhsid_useruid: "555001", nhsid_nrbac_roles: [role("RKB", "r1")] },
  555002: { name: "STONE Alex (Ms)", nhsid_useruid: "555002" },
};
const scopes = ["openid", "profile", "nationalrbacaccess"];

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "icr",
        redirect_uris: ["https://icr.example.nhs.uk/signin/callback/cis2"],
        post_logout_redirect_uris: ["https://icr.example.nhs.uk/signed-out"],
        backchannel_logout_uri: process.env.BACK_CHANNEL,
        backchannel_logout_session_required: true,
        token_endpoint_auth_method: "private_key_jwt",
        token_endpoint_auth_signing_alg: "ES256",
        jwks: JSON.parse(process.env.CLIENT_KEYS),
        scope: scopes.join(" "),
      },
    ],
    scopes,
    claims: { openid: ["sub"], profile: ["name"], nationalrbacaccess: ["nhsid_useruid", "nhsid_nrbac_roles"] },
    acrValues: ["AAL2_OR_AAL3_ANY", "AAL3_ANY"],
    cookies: { keys: ["of no importance"] },
    features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: false } },
    fetch: (url, { dispatcher, ...options }) => fetch(url, options), // Node 20 takes no dispatcher of another undici
    findAccount: (_, id) => users[id] && { accountId: id, claims: () => ({ sub: id, ...users[id] }) },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope(oidc.params.scope);
      await grant.save();
      return grant;
    },
    pkce: { required: () => true },
  });
  provider.use(async (ctx, next) => {
    const [, uid, accountId] = ctx.path.match(/^\/interaction\/([^/]+)(?:\/(\d+))?$/) ?? [];
    if (!uid) {
      return next();
    }
    if (!accountId) {
      ctx.body = Object.keys(users).map((id) => `<a href="/interaction/${uid}/${id}">${id}</a>`).join(" ");
      return;
    }
    await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId, acr: "AAL3_ANY" } }, { mergeWithLastSubmission: false });
  });
  for (const event of ["server_error", "backchannel.error", "grant.error", "authorization.error"]) {
    provider.on(event, (...said) => console.error(event, ...said.map((one) => one?.error_detail ?? one?.message ?? "")));
  }
  server.on("request", provider.callback());
  console.log(issuer);
});
