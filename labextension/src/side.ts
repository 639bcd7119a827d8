// The place beside the cells in which the kernel shows the board.

import { JupyterFrontEnd, ILabShell } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';
import { NotebookPanel } from '@jupyterlab/notebook';
import { OutputArea, OutputAreaModel } from '@jupyterlab/outputarea';
import { BoxLayout, Widget } from '@lumino/widgets';

import { Bundle } from './messages';

/** What pyviz_comms renders; without it the board would be an empty place. */
const NEEDED = 'application/vnd.holoviews_exec.v0+json';

/** What an output has beside it in a cell. */
const WITHOUT_PROMPT =
  '.tuneboard-board .jp-OutputPrompt { display: none }' +
  '.tuneboard-board .jp-OutputArea-output { padding: 0; overflow: visible }';

export class Side {
  constructor(
    private _app: JupyterFrontEnd,
    private _labShell: ILabShell | null,
    private _panel: () => NotebookPanel | null,
    private _again: () => void
  ) {}

  get isOpen(): boolean {
    return this._widget !== null && !this._widget.isDisposed;
  }

  /** Open beside a notebook with a sentence, until the board is there. */
  open(sentence: string): void {
    const panel = this._panel();
    if (!this.isOpen && panel) {
      this._widget = this._made(panel);
      this._place(panel);
    }
    this.say(sentence, false);
    this.reveal();
  }

  reveal(): void {
    if (this._widget) {
      this._app.shell.activateById(this._widget.id);
    }
  }


  show(bundles: Bundle[]): void {
    this.open('');
    if (!this._output?.rendermime.mimeTypes.includes(NEEDED)) {
      this.say(
        'JupyterLab lacks the extension that shows boards. Install pyviz_comms where ' +
          'JupyterLab is installed, then reload this page.',
        true
      );
      return;
    }
    this._output.model.clear();
    for (const { data, metadata } of bundles) {
      this._output.model.add({ output_type: 'display_data', data, metadata });
    }
    this.say('', false);
  }

  /** Say a sentence in place of the board, with a button that opens it again. */
  say(sentence: string, canRepeat: boolean): void {
    if (!this._notice || !this._output) {
      return;
    }
    this._notice.node.textContent = sentence;
    this._notice.setHidden(!sentence);
    this._output.setHidden(!!sentence);
    if (canRepeat) {
      const button = document.createElement('button');
      button.className = 'jp-mod-styled jp-mod-accept';
      button.textContent = 'Open again';
      button.style.cssText = 'display: block; margin-top: 12px';
      button.onclick = this._again;
      this._notice.node.append(button);
    }
  }

  private _made(panel: NotebookPanel): MainAreaWidget {
    const content = new Widget();
    this._notice = new Widget();
    this._notice.addClass('tuneboard-notice');
    this._notice.node.style.cssText =
      'padding: 24px; max-width: 44em; color: var(--jp-ui-font-color1); ' +
      'font-size: var(--jp-ui-font-size2); line-height: 1.5';
    this._output = new OutputArea({
      model: new OutputAreaModel({ trusted: true }),
      rendermime: panel.content.rendermime
    });
    this._output.addClass('tuneboard-board');
    this._output.node.style.overflow = 'auto';
    const style = document.createElement('style');
    style.textContent = WITHOUT_PROMPT;
    content.node.append(style);
    const layout = new BoxLayout({ spacing: 0 });
    layout.addWidget(this._notice);
    layout.addWidget(this._output);
    BoxLayout.setStretch(this._output, 1);
    content.layout = layout;
    const widget = new MainAreaWidget({ content });
    widget.id = `tuneboard-${panel.id}`;
    widget.title.label = `Board · ${panel.title.label}`;
    widget.title.caption = `The tuning board of ${panel.title.label}`;
    widget.title.closable = true;
    panel.context.disposed.connect(() => widget.dispose());
    return widget;
  }

  private _place(panel: NotebookPanel): void {
    if (this._labShell) {
      this._app.shell.add(this._widget!, 'main', { mode: 'split-right', ref: panel.id });
    } else {
      this._app.shell.add(this._widget!, 'right');
      // Notebook 7 has one document and its panels: what is added is not yet seen.
      (this._app.shell as any).expandRight?.(this._widget!.id);
    }
  }

  private _widget: MainAreaWidget | null = null;
  private _notice: Widget | null = null;
  private _output: OutputArea | null = null;
}
