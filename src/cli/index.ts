/** What the command needs of this room. */
export { atDesk, type DeskWords } from './desk-words.ts'
export { helpText, validateHelpText } from './help.ts'
export { type Command, readArguments } from './options.ts'
export { readSignIn } from './sign-in.ts'
