package concur_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"tieout/concur"
)

func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method + " " + r.URL.Path {
		case "GET /api/expense/extract/v1.0/":
			fmt.Fprint(w, `<definitions><definition><id>http://legacy.example/api/expense/extract/v1.0/n$1</id><name>Standard Accounting Extract</name></definition></definitions>`)
		case "POST /api/expense/extract/v1.0/n$1/job":
			w.WriteHeader(http.StatusConflict)
		}
	}))
	defer server.Close()

	ctx := context.Background()
	client, err := concur.NewClient(server.URL, concur.LegacyToken("one-year-token"), concur.Options{RequestsPerSecond: 100})
	if err != nil {
		panic(err)
	}
	definitions, err := client.Definitions(ctx)
	if err != nil {
		panic(err)
	}
	fmt.Println(definitions[0].ID, definitions[0].Name)

	_, err = client.StartJob(ctx, definitions[0].ID)
	var refusal *concur.Error
	if errors.As(err, &refusal) {
		fmt.Println(refusal.Kind, refusal.OutcomeUnknown())
		fmt.Println(refusal)
	}
	// Output:
	// n$1 Standard Accounting Extract
	// conflict false
	// start extract job: a job of this definition is queued or running already (HTTP 409)
}
