// A widely used client for node as a filter: one JSON line in, one JSON line out.
// {"call": "sendText", "with": [arguments]} -> {"result"} or {"error": {"code", "message"}}; bytes come as base64.
const WechatAPI = require('co-wechat-api');
const readline = require('node:readline');

const [base, appId, secret] = process.argv.slice(2);
const api = new WechatAPI(appId, secret);
api.prefix = `${base}/cgi-bin/`;
api.mpPrefix = `${base}/cgi-bin/`;
api.wxaPrefix = `${base}/wxa/`;

async function answer(line) {
  const asked = JSON.parse(line);
  try {
    const result = await api[asked.call](...asked.with);
    return { result: Buffer.isBuffer(result) ? result.toString('base64') : result };
  } catch (error) {
    return { error: { code: error.code, message: error.message } };
  }
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await answer(line)));
  }
})();
