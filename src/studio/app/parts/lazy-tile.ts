/** @file What is one of hundreds on the screen: it is drawn again only when something of it changes, for scrolling moves all of them. */

import { Component } from 'preact';

export abstract class LazyTile<Props extends object> extends Component<Props> {
  override shouldComponentUpdate(next: Props): boolean {
    return (Object.keys(next) as (keyof Props)[]).some((name) => next[name] !== this.props[name]);
  }
}
