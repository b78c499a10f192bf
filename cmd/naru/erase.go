package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"naru/internal/app"
	"naru/internal/naru"
	"naru/internal/store"
)

// erasePatience is how long a mail that is being sent is waited for.
const erasePatience = 2 * time.Minute

func (c *command) eraseCommand() *cobra.Command {
	confirmed := ""
	cmd := &cobra.Command{
		Use: "erase CASE-NUMBER --yes CASE-NUMBER", Short: "Remove one inquiry and everything personal about it", Args: exactArgs(1),
		Long: `Removes what was written, the documents, the idempotency key, the records of
attempts and the caught mails of an inquiry; its mails not delivered yet are
cancelled. What stays is the case number, the kind of inquiry, the times and the
state of its mails, so that the books stay balanced. The status page answers as
for a case that never was. Works while naru runs, and may be repeated.

What cannot be removed from here is listed: mails that were delivered, by their
Message-ID. Backups made before still hold the inquiry. PostgreSQL overwrites
removed rows with its next vacuum.`,
		Example: `  naru erase K7Q-X3M-9A4 --yes K7Q-X3M-9A4`,
		RunE: func(cmd *cobra.Command, args []string) error {
			reference, ok := naru.ParseReference(args[0])
			if !ok {
				return usageError{fmt.Errorf("%q is not a case number", args[0])}
			}
			if again, ok := naru.ParseReference(confirmed); !ok || again != reference {
				return usageError{fmt.Errorf("nothing was erased; this cannot be undone: repeat the case number with --yes %s", reference)}
			}
			cfg, err := c.config()
			if err != nil {
				return err
			}
			return c.withStore(cmd, func(s *store.Store) error {
				keys, err := app.OpenKeys(cmd.Context(), cfg, nil, false)
				if err != nil {
					return err
				}
				e, caught, err := app.Erase(cmd.Context(), cfg, s, keys, reference, erasePatience)
				switch {
				case naru.IsKind(err, naru.KindNotFound):
					return usageError{fmt.Errorf("there is no inquiry %s", reference)}
				case naru.IsKind(err, naru.KindConflict):
					return errors.New("one of its mails is being sent; nothing was erased; try again in a minute")
				case err != nil && e.ErasedAt.IsZero():
					return err
				}
				if err != nil {
					err = fmt.Errorf("it is erased, but traces of it are left in files; repeat the command, if a backup is running when that is done: %w", err)
				}
				return errors.Join(printErasure(cmd.OutOrStdout(), e, caught), err)
			})
		},
	}
	cmd.Flags().StringVar(&confirmed, "yes", "", "the case number once more, as confirmation")
	return cmd
}

// printErasure says what was removed, what stays, and what others hold.
func printErasure(w io.Writer, e naru.Erasure, caught int) error {
	if e.First {
		fmt.Fprintf(w, "inquiry %s erased at %s\n\nremoved\n", e.Reference, stamp(e.ErasedAt))
	} else {
		fmt.Fprintf(w, "inquiry %s was erased at %s already\n\nremoved now\n", e.Reference, stamp(e.ErasedAt))
	}
	contents := "everything that was written"
	if !e.First {
		contents = "-"
	}
	fmt.Fprintf(w, "  contents                %s\n  documents               %d (%d bytes)\n  records of attempts     %d\n  mails cancelled         %d\n  caught mails            %d\n",
		contents, e.Attachments, e.AttachmentBytes, e.Attempts, e.Cancelled, caught)
	fmt.Fprintf(w, "\nkept: case number, kind (%s), accepted %s, %s without contents\nbroker, its dead letters, logs: hold ids only\n",
		e.Kind, stamp(e.AcceptedAt), count(len(e.Mails), "mail"))
	left := slices.DeleteFunc(slices.Clone(e.Mails), func(m naru.ErasedMail) bool { return m.State != naru.StateDelivered && m.Attempts == 0 })
	if len(left) == 0 {
		return nil
	}
	fmt.Fprintln(w, "\nout of reach: these mails left; whoever owns the mailbox must remove them")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, m := range left {
		to := "team " + m.TeamID
		if m.TeamID == "" {
			to = "the writer"
		}
		if m.State != naru.StateDelivered {
			to += " (tried, not known to have arrived)"
		}
		fmt.Fprintf(table, "  %s\tto %s\tMessage-ID %s\n", m.Kind, to, m.MessageID)
	}
	return table.Flush()
}
