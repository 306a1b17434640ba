// Stands for `node:http2` in the bundle: undici loads it, 5 to 12 ms, also where HTTP/2 is switched off, as it is here.
'use strict'

module.exports = { constants: {} }
