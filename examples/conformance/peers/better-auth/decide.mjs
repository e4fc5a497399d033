#!/usr/bin/env node
// Decides on USER_CODE as alice, by the calls that a page makes: signs in, looks the code up, and approves or denies it.
const { DECISION, USER_CODE, VERIFICATION_URI } = process.env;
const { origin } = new URL(VERIFICATION_URI);

async function call(path, token, body) {
  const headers = { 'content-type': 'application/json', origin };
  if (token) headers.authorization = `Bearer ${token}`;
  const method = body ? 'POST' : 'GET';
  const answer = await fetch(`${origin}/api/auth${path}`, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

const { token } = await call('/sign-in/email', null, { email: 'alice@example.com', password: 'alice alice' });
await call(`/device?user_code=${encodeURIComponent(USER_CODE)}`, token);
await call(`/device/${DECISION}`, token, { userCode: USER_CODE });
