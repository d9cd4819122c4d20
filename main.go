// adsync keeps Sophos Central's directory users and groups equal to what a
// person approved of an Active Directory.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"adsync/commands"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := commands.Run(ctx, os.Args[1:], commands.System())
	stop()
	os.Exit(code)
}
