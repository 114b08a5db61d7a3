// SPDX-License-Identifier: MPL-2.0
// What a metadata server in Node needs at the least: node metadata_peer.js SOCKET...
'use strict';
const net = require('net');
const UUID = '7d6b5a30-1f6d-4ac4-9d2a-3a1f5a0a1c11';
const values = new Map([['sdc:uuid', UUID]]);
const table = new Int32Array(256);

for (let i = 0; i < 256; i++) {
	let c = i;
	for (let k = 0; k < 8; k++)
		c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
	table[i] = c;
}

function crc(text) {
	let c = -1;
	for (let i = 0; i < text.length; i++)
		c = table[(c ^ text.charCodeAt(i)) & 255] ^ (c >>> 8);
	return ((c ^ -1) >>> 0).toString(16).padStart(8, '0');
}

function answer(line) {
	const f = line.split(' ');
	const body = line.slice(f[0].length + f[1].length + f[2].length + 3);
	if (f[0] !== 'V2' || body.length !== +f[1] || crc(body) !== f[2])
		return '';
	const value = values.get(Buffer.from(f[5], 'base64').toString());
	const reply = value === undefined ? `${f[3]} NOTFOUND`
		: `${f[3]} SUCCESS ${Buffer.from(value).toString('base64')}`;
	return `V2 ${reply.length} ${crc(reply)} ${reply}\n`;
}

for (const path of process.argv.slice(2))
	net.createServer((socket) => {
		let rest = '';
		socket.setEncoding('latin1');
		socket.on('data', (data) => {
			const lines = (rest + data).split('\n');
			rest = lines.pop();
			for (const line of lines)
				socket.write(answer(line), 'latin1');
		});
	}).listen(path);
