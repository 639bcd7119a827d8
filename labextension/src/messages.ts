// What the kernel and the notebook tell one another.

/** A cell as the user sees it now. */
export interface Cell {
  id: string;
  type: string;
  source: string;
  isLocked: boolean;
}

/** All cells of a notebook, told when the link is made and after each edit. */
export interface CellsMessage {
  kind: 'cells';
  reason: 'ready' | 'edited' | 'asked';
  client: string;
  cells: Cell[];
  isReadOnly: boolean;
  hasPanel: boolean;
}

/** A new text for a cell that has `before`, or a new cell behind it. */
export interface CellEdit {
  id: string;
  before: string;
  after: string;
}

export interface ReplaceMessage {
  kind: 'replace';
  to: string;
  request: number;
  edits: CellEdit[];
}

export interface InsertMessage {
  kind: 'insert';
  to: string;
  request: number;
  after: string;
  source: string;
}

export interface AnswerMessage {
  kind: 'answer';
  client: string;
  request: number;
  outcome: 'done' | 'conflict' | 'missing' | 'read only';
  id: string;
}

export interface Bundle {
  data: { [mime: string]: any };
  metadata: { [mime: string]: any };
}

export interface ShowMessage {
  kind: 'show';
  to: string;
  bundles: Bundle[];
}

export interface AskMessage {
  kind: 'ask';
}

export type FromKernel = ReplaceMessage | InsertMessage | ShowMessage | AskMessage;
