// Stands for `@actions/exec` in the bundle: `@actions/core` would run programs with it to tell the system's version.
'use strict'

exports.getExecOutput = () => Promise.reject(new Error('not part of this bundle'))
