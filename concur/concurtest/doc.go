// Package concurtest is a simulated SAP Concur.
package concurtest
