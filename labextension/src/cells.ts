// The cells of one notebook: read, replaced by compare-and-swap, watched.

import { ISharedNotebook } from '@jupyter/ydoc';
import { NotebookPanel } from '@jupyterlab/notebook';

import { AnswerMessage, Cell, CellEdit } from './messages';

type Outcome = Pick<AnswerMessage, 'outcome' | 'id'>;

/** Long enough to type a number, short enough to follow within half a second. */
const QUIET_MS = 150;

export class Cells {
  constructor(private _context: NotebookPanel['context']) {}

  get isReadOnly(): boolean {
    const { contentsModel, model } = this._context;
    return model.readOnly || contentsModel?.writable === false;
  }

  read(): Cell[] {
    return (this._notebook?.cells ?? []).map(cell => ({
      id: cell.getId(),
      type: cell.cell_type,
      source: cell.getSource(),
      isLocked: cell.getMetadata('editable') === false
    }));
  }

  /** Replace all texts, or none: each must still be the one that was read. */
  replace(edits: CellEdit[]): Outcome {
    if (this.isReadOnly) {
      return { outcome: 'read only', id: '' };
    }
    const cells = this.read();
    for (const edit of edits) {
      const now = cells.find(cell => cell.id === edit.id);
      if (!now) {
        return { outcome: 'missing', id: edit.id };
      }
      if (now.isLocked) {
        return { outcome: 'read only', id: edit.id };
      }
      if (now.source !== edit.before) {
        return { outcome: 'conflict', id: edit.id };
      }
    }
    edits.forEach(edit => this._write(edit));
    return { outcome: 'done', id: '' };
  }

  /** Put a new code cell behind the one with the id, or at the end. */
  insert(after: string, source: string): Outcome {
    const notebook = this._notebook;
    if (this.isReadOnly || !notebook) {
      return { outcome: 'read only', id: '' };
    }
    const place = notebook.cells.findIndex(cell => cell.getId() === after);
    const index = place < 0 ? notebook.cells.length : place + 1;
    const made = notebook.insertCell(index, { cell_type: 'code', source, metadata: {} });
    return { outcome: 'done', id: made.getId() };
  }

  /** Call back when cells have changed and then rested a moment; returns what stops it. */
  watch(changed: () => void): () => void {
    const model = this._context.model;
    let timer = 0;
    const later = () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(changed, QUIET_MS);
    };
    model.contentChanged.connect(later);
    model.stateChanged.connect(later);
    return () => {
      window.clearTimeout(timer);
      model.contentChanged.disconnect(later);
      model.stateChanged.disconnect(later);
    };
  }

  private get _notebook(): ISharedNotebook | undefined {
    return this._context.model?.sharedModel as ISharedNotebook | undefined;
  }

  /** Write the middle that differs, so that the cursor stays, as one step of undo. */
  private _write(edit: CellEdit): void {
    const cell = this._notebook!.cells.find(one => one.getId() === edit.id)!;
    const { before, after } = edit;
    const most = Math.min(before.length, after.length);
    let start = 0;
    while (start < most && before[start] === after[start]) {
      start++;
    }
    let tail = 0;
    const end = (text: string) => text[text.length - 1 - tail];
    while (tail < most - start && end(before) === end(after)) {
      tail++;
    }
    const history = (cell as any).undoManager;
    history?.stopCapturing();
    cell.updateSource(start, before.length - tail, after.slice(start, after.length - tail));
    history?.stopCapturing();
  }
}
