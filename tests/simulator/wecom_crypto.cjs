// The other maker's implementation of the same scheme, as a filter: one JSON line in, one JSON line out.
// {"encrypt": text, "timestamp", "nonce"} -> {"cipher", "signature"}     {"decrypt": cipher} -> {"message", "id"}
const { encrypt, decrypt, getSignature } = require('@wecom/crypto');
const readline = require('node:readline');

const [key, token, appId] = process.argv.slice(2);

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const asked = JSON.parse(line);
  if ('encrypt' in asked) {
    const cipher = encrypt(key, asked.encrypt, appId);
    const signature = getSignature(token, asked.timestamp, asked.nonce, cipher);
    console.log(JSON.stringify({ cipher, signature }));
  } else {
    console.log(JSON.stringify(decrypt(key, asked.decrypt)));
  }
});
