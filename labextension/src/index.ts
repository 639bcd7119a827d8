// The JupyterLab extension: the board beside the cells, and the cells in the board.

import { ILabShell, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

import { Link } from './link';
import { Side } from './side';

const COMMAND = 'tuneboard:open';

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'tuneboard:plugin',
  description: 'The board beside the cells of a notebook, and the cells in the board.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ICommandPalette, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    palette: ICommandPalette | null,
    labShell: ILabShell | null
  ) => {
    // By the document: two views of one notebook have one set of cells and one kernel.
    const links = new Map<unknown, Link>();
    const linkOf = (panel: NotebookPanel): Link => {
      const known = links.get(panel.context);
      if (known) {
        return known;
      }
      const { context } = panel;
      const shown = () => tracker.find(one => one.context === context) ?? null;
      const side = new Side(app, labShell, shown, () => void link.open());
      const link: Link = new Link(context, side);
      links.set(context, link);
      context.disposed.connect(() => links.delete(context));
      return link;
    };
    tracker.widgetAdded.connect((_, panel) => {
      linkOf(panel);
    });
    tracker.forEach(linkOf);
    app.commands.addCommand(COMMAND, {
      label: 'Tuning board',
      caption: 'Open the tuning board beside the cells',
      isEnabled: () => tracker.currentWidget !== null,
      execute: () => {
        const panel = tracker.currentWidget;
        return panel ? linkOf(panel).open() : undefined;
      }
    });
    palette?.addItem({ command: COMMAND, category: 'Notebook Operations' });
  }
};

export default plugin;
