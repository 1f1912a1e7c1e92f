/** What the list of chats shows of media, without all the rest of `index.ts`: that list is loaded at once. */
export { MediaLabel } from './show/media-label';
