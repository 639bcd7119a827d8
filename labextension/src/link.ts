// The link of one notebook with its kernel, over one comm.

import { NotebookPanel } from '@jupyterlab/notebook';
import { Kernel, KernelMessage } from '@jupyterlab/services';

import { Cells } from './cells';
import { CellsMessage, FromKernel } from './messages';
import { Side } from './side';

const TARGET = 'tuneboard';
const OPEN = '__import__("tuneboard.dashboard.beside", fromlist=["open_beside"]).open_beside()';
const RESTARTED =
  'The kernel was restarted, and the board went with it. What had finished is in the history. ' +
  'Run your cells again, then open the board.';

export class Link {
  constructor(
    private _context: NotebookPanel['context'],
    private _side: Side
  ) {
    this._cells = new Cells(_context);
    const session = _context.sessionContext;
    session.kernelChanged.connect((_, change) => {
      this._lose();
      this._attach(change.newValue);
    });
    session.statusChanged.connect((_, status) => {
      if (status === 'restarting' || status === 'autorestarting' || status === 'dead') {
        this._lose();
      }
    });
    const stop = this._cells.watch(() => this._tell('edited'));
    _context.disposed.connect(stop);
    this._attach(session.session?.kernel ?? null);
  }

  /** Have the kernel show its board, or bring that which is open to the front. */
  async open(): Promise<void> {
    if (this._side.isOpen && this._isShown) {
      this._side.reveal();
      return;
    }
    await this._context.sessionContext.ready;
    const kernel = this._context.sessionContext.session?.kernel;
    if (!kernel) {
      this._side.open('This notebook has no kernel. Choose one, then open the board.');
      return;
    }
    this._tell('ready');
    const isBusy = kernel.status === 'busy';
    this._side.open(
      isBusy
        ? 'The kernel is busy. The board opens when the running cell has finished.'
        : 'Loading the board…'
    );
    const run = kernel.requestExecute({ code: OPEN, store_history: false, stop_on_error: false });
    this._judge((await run.done) as KernelMessage.IExecuteReplyMsg);
  }

  private _judge(reply: KernelMessage.IExecuteReplyMsg): void {
    const content = reply.content;
    if (content.status !== 'error') {
      return;
    }
    const isAbsent = content.ename === 'ModuleNotFoundError' || content.ename === 'SyntaxError';
    this._side.say(
      isAbsent
        ? 'The kernel of this notebook has no tuneboard. Install it there: %pip install tuneboard'
        : `The board could not be opened. ${content.ename}: ${content.evalue}`,
      true
    );
  }

  private _attach(kernel: Kernel.IKernelConnection | null): void {
    if (!kernel || !kernel.handleComms) {
      return;
    }
    // Not awaited: until the target is done, no message of the kernel gets through.
    kernel.registerCommTarget(TARGET, comm => {
      void this._connect(comm);
    });
    void this._rejoin(kernel);
  }

  /** Take up the link of a kernel that has outlived the page. */
  private async _rejoin(kernel: Kernel.IKernelConnection): Promise<void> {
    await kernel.info;
    const reply = await kernel.requestCommInfo({ target_name: TARGET });
    const comms = reply.content.status === 'ok' ? Object.keys(reply.content.comms) : [];
    for (const id of comms) {
      if (!kernel.hasComm(id)) {
        await this._connect(kernel.createComm(TARGET, id));
      }
    }
  }

  private async _connect(comm: Kernel.IComm): Promise<void> {
    this._comm = comm;
    comm.onMsg = message => this._heard(message.content.data as unknown as FromKernel);
    comm.onClose = () => {
      this._comm = null;
    };
    // Sent before its subshell is there, a message would wait for the running cell.
    await (comm as any).subshellStarted;
    this._tell('ready');
  }

  private _heard(message: FromKernel): void {
    if (message.kind === 'ask') {
      this._tell('asked');
    } else if (message.to !== this._client) {
      return;
    } else if (message.kind === 'show') {
      this._side.show(message.bundles);
      this._isShown = true;
    } else {
      const answer =
        message.kind === 'replace'
          ? this._cells.replace(message.edits)
          : this._cells.insert(message.after, message.source);
      this._send({ kind: 'answer', client: this._client, request: message.request, ...answer });
      this._tell('asked');
    }
  }

  private _tell(reason: CellsMessage['reason']): void {
    const cells = this._cells.read();
    const isReadOnly = this._cells.isReadOnly;
    const told = JSON.stringify([cells, isReadOnly]);
    if (!this._comm || (reason === 'edited' && told === this._told)) {
      return;
    }
    this._told = told;
    const hasPanel = (window as any).Bokeh?.Panel != null;
    this._send({ kind: 'cells', reason, client: this._client, cells, isReadOnly, hasPanel });
  }

  private _send(message: any): void {
    this._comm?.send(message);
  }

  private _lose(): void {
    this._comm = null;
    if (this._isShown) {
      this._isShown = false;
      this._side.say(RESTARTED, true);
    }
  }

  private get _client(): string {
    return this._context.sessionContext.session?.kernel?.clientId ?? '';
  }

  private _cells: Cells;
  private _comm: Kernel.IComm | null = null;
  private _told = '';
  private _isShown = false;
}
