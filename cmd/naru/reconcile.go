package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"naru/internal/naru"
	"naru/internal/store"
)

func (c *command) reconcileCommand() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use: "reconcile", Short: "Prove that nothing is lost: accepted = delivered + pending + dead", Args: noArgs,
		Long: `Counts every inquiry ever accepted and every mail it must have caused, and
compares. Ends with 3 when the account does not balance: a delivery is missing,
is stuck, or the running counters are wrong. Safe at any time, also while naru
runs.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withStore(cmd, func(s *store.Store) error {
				r, err := s.Reconcile(cmd.Context())
				if err != nil {
					return err
				}
				if err := printReconciliation(cmd.OutOrStdout(), r, asJSON); err != nil {
					return err
				}
				if !r.Balanced() {
					return errFinding
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printReconciliation(w io.Writer, r naru.Reconciliation, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(struct {
			naru.Reconciliation
			Balanced bool
		}{r, r.Balanced()})
	}
	d := r.Deliveries
	fmt.Fprintf(w, "inquiries accepted    %8d\n", sum(r.Inquiries))
	for _, kind := range slices.Sorted(maps.Keys(r.Inquiries)) {
		fmt.Fprintf(w, "  %-19s %8d\n", kind, r.Inquiries[kind])
	}
	if r.Erased > 0 {
		fmt.Fprintf(w, "  erased since        %8d\n", r.Erased)
	}
	fmt.Fprintf(w, "mails they caused     %8d\n", r.Expected)
	fmt.Fprintf(w, "  delivered           %8d\n", d.Delivered)
	fmt.Fprintf(w, "  pending             %8d  (%d waiting, %d queued, %d being sent)\n", d.Waiting(), d.Pending, d.Queued, d.Sending)
	fmt.Fprintf(w, "  dead                %8d\n", d.Dead)
	if d.Cancelled > 0 {
		fmt.Fprintf(w, "  cancelled           %8d  (their inquiry was erased)\n", d.Cancelled)
	}
	for _, id := range r.Missing {
		fmt.Fprintf(w, "MISSING a delivery: inquiry %s\n", id)
	}
	for _, id := range r.Stuck {
		fmt.Fprintf(w, "STUCK: delivery %s\n", id)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Drift)) {
		fmt.Fprintf(w, "COUNTER %s is off by %d\n", name, r.Drift[name])
	}
	if r.Balanced() {
		fmt.Fprintln(w, "balanced: accepted = delivered + pending + dead")
	} else {
		fmt.Fprintln(w, "NOT BALANCED")
	}
	return nil
}

func sum(counts map[naru.Kind]int64) (total int64) {
	for _, n := range counts {
		total += n
	}
	return total
}
