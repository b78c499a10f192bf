package app

import "naru/config"

// Roles are the parts that a process plays. All in one is both.
type Roles struct {
	// HTTP serves people and programs.
	HTTP bool
	// Workers move mail.
	Workers bool
}

// AllInOne tells whether the process does everything, and so may keep
// everything inside itself.
func (r Roles) AllInOne() bool { return r.HTTP && r.Workers }

// check refuses settings under which processes that share the work could not
// see each other's.
func (r Roles) check(c *config.Config) error {
	switch {
	case r.AllInOne():
		return nil
	case r.Workers:
		return c.CheckRole(config.RoleWork)
	default:
		return c.CheckRole(config.RoleServe)
	}
}
