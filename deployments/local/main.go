package main

import (
	_ "github.com/temporalio/ui-server/v2/server"
	_ "github.com/versity/versitygw/embedgw"
	_ "go.temporal.io/sdk/worker"
	_ "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	_ "go.temporal.io/server/schema/sqlite"
	_ "go.temporal.io/server/temporal"
	_ "tieout/internal/deps"
)

func main() {}
