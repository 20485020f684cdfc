// A real OpenID Connect provider for tests. It believes whoever types an address; how they "signed in" is typed as well.
import http from "node:http";
import Provider from "oidc-provider";

const { client, secret, callback } = JSON.parse(process.argv[2]);
const server = http.createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://localhost:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: client, client_secret: secret, redirect_uris: [callback], response_types: ["code"] }],
    pkce: { required: () => true },
    conformIdTokenClaims: false,
    claims: { openid: ["sub", "acr", "amr", "auth_time"], email: ["email", "email_verified"] },
    acrValues: ["two-factors", "password"],
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/sign-in-at-work/${interaction.uid}` },
    cookies: { keys: ["for tests only"] },
    ttl: { Interaction: 600, Session: 600, Grant: 600, IdToken: 300, AccessToken: 300 },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: id, email_verified: !id.startsWith("unverified") }),
    }),
    async loadExistingGrant(context) {
      const grant = new context.oidc.provider.Grant({
        clientId: context.oidc.client.clientId,
        accountId: context.oidc.session.accountId,
      });
      grant.addOIDCScope("openid email");
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  server.on("request", async (request, response) => {
    if (!request.url.startsWith("/sign-in-at-work/")) return answer(request, response);
    if (request.method === "POST") {
      let body = "";
      for await (const part of request) body += part;
      const typed = new URLSearchParams(body);
      const login = { accountId: typed.get("address"), acr: typed.get("acr"), amr: typed.get("amr").split(" ") };
      return provider.interactionFinished(request, response, { login });
    }
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    return response.end(`<!DOCTYPE html><html lang="en"><title>Work account</title><meta name="viewport"
      content="width=device-width"><main><h1>Work account</h1><form method="post">
      <p><label for="address">Work address</label> <input id="address" name="address" autocomplete="email"></p>
      <p><label for="acr">How</label> <input id="acr" name="acr" value="two-factors"></p>
      <p><label for="amr">With</label> <input id="amr" name="amr" value="pwd otp"></p>
      <button>Let me in</button></form></main></html>`);
  });
  console.log(issuer);
});
