/**
 * What other features place. `message` is a `Message` of the store, `conversation` a `Conversation`.
 *
 * In a bubble
 *   <app-message-body [message] [conversation] (jump)="seq">…media…</app-message-body>
 *       forwarded from, reply quote, the content that is projected (media), poll or text. `message` may be
 *       only `{text, entities}` (channel posts), then without `conversation`.
 *   <app-message-marks [message]>            in the line of the time: pinned, edited (opens the history), countdown
 *   <app-reactions [message]>                below the bubble: chips, who, add
 *   <app-thread-link [message] (open)>       "3 replies" below the bubble of a root
 *   <app-message-actions [message] [conversation] (reply)="message" (edit)="message" (thread)="root id">
 *       the "…" button; `openAt(x, y)` for right click and long press
 * On the conversation page
 *   <app-message-dialogs>                    once; shows what `MessageDialogs` is asked for
 *   <app-pins-bar [conversation] (jump)="seq">
 *   <app-conversation-search [conversation] (jump)="seq" (closed)>
 *   <app-thread-pane [conversation] [root]="id" [row]="template of a row, let-message" (closed)>…composer…</app-thread-pane>
 * In the composer (`control` is its <textarea>)
 *   <app-emoji-picker (picked)="emoji">      a button with its panel
 *   <app-format-bar [control]>               B I S <> …; `textarea[appFormatKeys]` adds Ctrl+B, Ctrl+I …
 *   <app-mention-suggestions [control] [people]>
 *   <app-expiry-choice [(seconds)]>          a button with its menu: how long a message lives
 *   <app-send-later [conversation] [disabled] (chosen)="moment, RFC 3339">   a button: the dialog, and what waits
 *   <app-poll-button (made)="PollBody">      a button with its dialog
 *   parse(typed, people) -> {text, entities}; written({text, entities}) -> what is typed to get that
 */
export type { Content, Entity, Formatted } from './text/entities';
