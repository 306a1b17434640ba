/** What the command needs of this room. */
export { helpText } from './help.ts'
export { type Command, readArguments } from './options.ts'
export { readSignIn } from './sign-in.ts'
