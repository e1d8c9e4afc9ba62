"""The script of buttons that copy a link to what is on screen."""

from __future__ import annotations


def link_to(tab: str, asked: str) -> str:
    """JavaScript of a listener with one input: puts a link into the address bar and on the
    clipboard. ``asked``: where in that input its parameters are, by name; lists become JSON.

    The link is that of the pictures on screen: the controls may say something else by now.
    """
    return f"""(shown) => {{
      const asked = shown?.{asked};
      if (!asked) return;
      const q = new URLSearchParams({{tab: '{tab}'}});
      for (const [name, value] of Object.entries(asked))
        if (!Array.isArray(value)) q.set(name, value);
        else if (value.length) q.set(name, JSON.stringify(value));
      const url = location.origin + location.pathname + '?' + q;
      history.replaceState(null, '', url);
      navigator.clipboard?.writeText(url);
    }}"""
