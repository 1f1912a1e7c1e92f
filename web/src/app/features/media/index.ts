/**
 * What other features use of media. Components:
 *
 *     <app-attach-button [place]="conversationId" />                 in the composer
 *     <app-attachments [place]="conversationId" />                   above the composer's text: files that were chosen
 *     <app-drop-zone [place]="conversationId" />                     anywhere inside the conversation: drop and paste
 *     <app-voice-recorder [place] (active)="recording.set($event)" (recorded)="send($event)" />   media ids of one message
 *     <app-message-media [message]="message" />                      {id, media_ids, author_id, created_at}: messages and posts
 *     <app-media-label [ids]="message.media_ids" />                  "Photo", "3 videos": for quotes and lists
 *     <app-media-avatar [id] [name] [picture]="mediaId" />           an avatar whose picture is a media, or initials
 *     <app-shared-media [messages] [show]="'visual'">if empty</app-shared-media>   what several messages carry: "visual", "others"
 *     <app-link-preview [url]="url" />
 *
 * On sending: `const media_ids = await uploads.take(place)`; `uploads.of(place)()` are those that are chosen.
 */
export { MOST_IN_MESSAGE, Uploads } from './uploads/uploads';
export type { Upload } from './uploads/upload';
export { MediaStore, type Media } from './store/media-store';
export { AttachButton } from './composer/attach-button';
export { Attachments } from './composer/attachments';
export { DropZone } from './composer/drop-zone';
export { VoiceRecorder } from './composer/voice-recorder';
export { LinkPreview } from './previews/link-preview';
export { MediaAvatar } from './show/media-avatar';
export { MediaLabel } from './show/media-label';
export { type Carrier, MessageMedia } from './show/message-media';
export { SharedMedia } from './show/shared-media';
