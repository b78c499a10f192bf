// Finds a nonce for a challenge: the SHA-256 of the challenge, a dot and the
// nonce begins with so many zero bits. It runs beside the page, and knows
// nothing of it. The digest is made here, for that of browsers is slow for
// many short texts, and missing without TLS.

const fractions = (power, n) => {
  const found = [];
  for (let p = 2; found.length < n; p++) {
    let prime = true;
    for (let d = 2; d * d <= p; d++) if (p % d === 0) { prime = false; break; }
    if (prime) found.push(Math.floor((p ** power % 1) * 2 ** 32) | 0);
  }
  return found;
};
const start = fractions(1 / 2, 8);
const round = Int32Array.from(fractions(1 / 3, 64));
const words = new Int32Array(64);
const turn = (x, n) => (x >>> n) | (x << (32 - n));

function digest(bytes, length, state) {
  const blocks = ((length + 72) >> 6) << 6;
  bytes.fill(0, length, blocks);
  bytes[length] = 0x80;
  new DataView(bytes.buffer).setUint32(blocks - 4, length * 8);
  state.set(start);
  for (let at = 0; at < blocks; at += 64) {
    for (let i = 0; i < 16; i++) {
      const b = at + 4 * i;
      words[i] = (bytes[b] << 24) | (bytes[b + 1] << 16) | (bytes[b + 2] << 8) | bytes[b + 3];
    }
    for (let i = 16; i < 64; i++) {
      const x = words[i - 15], y = words[i - 2];
      words[i] = (words[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + words[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10))) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const first = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + round[i] + words[i]) | 0;
      const second = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + first) | 0; d = c; c = b; b = a; a = (first + second) | 0;
    }
    state[0] += a; state[1] += b; state[2] += c; state[3] += d; state[4] += e; state[5] += f; state[6] += g; state[7] += h;
  }
}

onmessage = ({ data: { challenge, bits } }) => {
  const bytes = new Uint8Array(192), state = new Int32Array(8);
  const prefix = new TextEncoder().encode(challenge + ".");
  bytes.set(prefix);
  for (let nonce = 0; ; nonce++) {
    const text = String(nonce);
    for (let i = 0; i < text.length; i++) bytes[prefix.length + i] = text.charCodeAt(i);
    digest(bytes, prefix.length + text.length, state);
    if (Math.clz32(state[0]) >= bits) return postMessage(text);
  }
};
