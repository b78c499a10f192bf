package main

import (
	_ "embed"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// licences has a line for each module that is linked into the program: path,
// version, licence. A test of internal/arch keeps it true.
//
//go:embed licences.txt
var licences string

func licencesCommand() *cobra.Command {
	return &cobra.Command{
		Use: "licences", Short: "List the modules in this program and their licences", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for line := range strings.Lines(licences) {
				fmt.Fprint(table, line)
			}
			return table.Flush()
		},
	}
}
