/**
 * What other features place. `message` is a `Message` of the store, `conversation` a `Conversation`.
 *
 * In a bubble
 *   <app-message-body [message] [conversation]>…media…</app-message-body>
 *       forwarded from, reply quote, the content that is projected (media), poll or text. `message` may be
 *       only `{text, entities}` (channel posts), then without `conversation`.
 *   <app-message-marks [message]>            in the line of the time: pinned, countdown, edited (opens the history)
 *   <app-reactions [message]>                below the bubble: chips, who
 *   <app-thread-link [message] (opened)="root id">    "3 replies" below the bubble of a root
 *   <app-message-actions [message] [conversation] (reply)="message" (edit)="message" (thread)="root id">
 *       the button; `[appMessagePress]="actions"` around the bubble opens it by right button, long press and Enter
 * On the conversation page
 *   <app-message-dialogs>                    once; shows what `MessageUi` is asked for
 *   <app-pins-bar [conversation]>            jumps by `Jumps`
 *   <app-conversation-search [conversation] (closed)>
 *   <app-thread-pane [conversation] [root]="id" [row]="template of a row, let-message" (closed)>…composer…</app-thread-pane>
 *   routes.ts                                the search page, at `/c/search?q=&in=<conversation>`
 * In the composer (`control` is its <textarea>)
 *   <app-emoji-picker (picked)="insert(control, $event)" (closed)>    a button with its panel
 *   <app-format-bar [control]>               B I S <> …; `textarea[appFormatKeys]` has Ctrl+B, Ctrl+I …
 *   <app-mention-suggestions [control] [people]>
 *   <app-expiry-choice [(seconds)]>          a button with its menu: how long a message lives (`ttl_s`)
 *   <app-send-later [conversation] [disabled] (chosen)="send_at">   a button: the dialog, and what waits
 *   <app-poll-button (made)="poll">          a button with its dialog
 *   parse(typed, names) -> {text, entities}; written({text, entities}, names) -> what is typed to get that, for an
 *   edit. `names` are from `namesOf(people)`; while editing, add `namesIn(message)` to them.
 * Anywhere: `message | line` in one line; `MessageUi.person(id)`, `.report(…)`, `.block(id)`.
 */
export { MessageActions } from './actions/message-actions';
export { MessagePress } from './actions/message-press';
export { MessageBody } from './bubble/message-body';
export { Clock } from './bubble/clock';
export { timeLeft } from './bubble/countdown';
export { MessageMarks } from './bubble/message-marks';
export { RichText } from './bubble/rich-text';
export { ThreadLink } from './bubble/thread-link';
export { ExpiryChoice } from './composer/expiry-choice';
export { FormatKeys, insert } from './composer/format';
export { Lives } from './composer/lives';
export { FormatBar } from './composer/format-bar';
export { CommandSuggestions } from './composer/command-suggestions';
export { MentionSuggestions, namesOf } from './composer/mention-suggestions';
export { SendLater } from './composer/send-later';
export { MessageDialogs } from './dialogs/message-dialogs';
export { MessageUi } from './dialogs/message-ui';
export { EmojiPicker } from './emoji/emoji-picker';
export { PinsBar } from './panes/pins-bar';
export { ThreadPane } from './panes/thread-pane';
export { PollButton } from './polls/poll-button';
export type { PollBody } from './polls/poll-draft';
export { Reactions } from './reactions/reactions';
export { ConversationSearch } from './search/conversation-search';
export { type Content, type Entity, type Formatted, covered } from './text/entities';
export { namesIn, parse, written } from './text/formatting';
export { firstLink, linksOf } from './text/links';
export { LinePipe, lineOf } from './text/line';
