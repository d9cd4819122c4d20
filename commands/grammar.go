package commands

// grammar is the whole command line. A command is a struct of its flags and
// arguments with a short Run; steps says of each what it needs before it runs.
type grammar struct {
	Globals globals `embed:""`

	Version    versionCmd `cmd:"" help:"Print version, revision, Go and operating system."`
	Credential struct {
		Set    credentialSetCmd    `cmd:"" help:"Store a secret, read from stdin or a hidden prompt."`
		List   credentialListCmd   `cmd:"" help:"List what is stored, where and for which account; never the secret."`
		Remove credentialRemoveCmd `cmd:"" help:"Remove a stored secret."`
	} `cmd:"" help:"Secrets for Sophos Central, the directory and the proxy."`
	Central struct {
		Validate centralValidateCmd `cmd:"" help:"Try the API credential and remember its success."`
	} `cmd:"" help:"Sophos Central."`
	Directory struct {
		Validate directoryValidateCmd `cmd:"" help:"Connect, bind, and show forest, domains, rights and certificate."`
		Domains  directoryDomainsCmd  `cmd:"" help:"List the domains of the forest."`
	} `cmd:"" help:"Active Directory."`
	Scope struct {
		Show   scopeShowCmd `cmd:"" help:"Show all rules of scope."`
		Domain struct {
			Include scopeDomainIncludeCmd `cmd:"" help:"Read a domain."`
			Exclude scopeDomainExcludeCmd `cmd:"" help:"Leave a domain out."`
		} `cmd:"" help:"Which domains are read."`
		Base struct {
			Add     scopeBaseAddCmd     `cmd:"" help:"Read a kind of objects below a base only."`
			Remove  scopeBaseRemoveCmd  `cmd:"" help:"Take a base away."`
			Confirm scopeBaseConfirmCmd `cmd:"" help:"Say that a base is empty, or has lost an attribute, on purpose."`
		} `cmd:"" help:"Below which search bases."`
		Filter struct {
			Set   scopeFilterSetCmd   `cmd:"" help:"Read only what a filter returns."`
			Clear scopeFilterClearCmd `cmd:"" help:"Take a filter away."`
		} `cmd:"" help:"By which LDAP filters."`
		Accounts scopeAccountsCmd `cmd:"" help:"Whether disabled and expired accounts count."`
		Exclude  struct {
			Add    scopeExcludeAddCmd    `cmd:"" help:"Leave out by name."`
			Remove scopeExcludeRemoveCmd `cmd:"" help:"Take an exclusion back."`
		} `cmd:"" help:"Who is left out by name."`
		Protect struct {
			Add    scopeProtectAddCmd    `cmd:"" help:"Never remove from Sophos Central."`
			Remove scopeProtectRemoveCmd `cmd:"" help:"Take protection away."`
		} `cmd:"" help:"Who is never removed."`
	} `cmd:"" help:"Who and what is synchronised."`
	Config struct {
		Show   configShowCmd   `cmd:"" help:"Show the configuration with its defaults."`
		Set    configSetCmd    `cmd:"" help:"Set a key."`
		Add    configAddCmd    `cmd:"" help:"Add entries to a list."`
		Remove configRemoveCmd `cmd:"" help:"Remove entries from a list."`
		Unset  configUnsetCmd  `cmd:"" help:"Take a key out of the file, so that its default holds again."`
		Check  configCheckCmd  `cmd:"" help:"Check config.json."`
		Path   configPathCmd   `cmd:"" help:"Print where config.json is."`
	} `cmd:"" help:"The configuration, by dotted key."`
	Preview  previewCmd `cmd:"" help:"Read both sides, make and save a plan, print it."`
	Snapshot struct {
		Save snapshotSaveCmd `cmd:"" help:"Save what the directory says, to look at or to plan from."`
	} `cmd:"" help:"What was read of the directory."`
	Explain explainCmd `cmd:"" help:"Say why a person, group or device is in, out, changed or held."`
	Plan    struct {
		List   planListCmd   `cmd:"" help:"List saved plans."`
		Show   planShowCmd   `cmd:"" help:"Show a saved plan."`
		Remove planRemoveCmd `cmd:"" help:"Remove a saved plan."`
	} `cmd:"" help:"Saved plans."`
	Approve  approveCmd `cmd:"" help:"Sign an approval of a plan."`
	Revoke   revokeCmd  `cmd:"" help:"Take back the approvals of a plan."`
	Approver struct {
		List   approverListCmd   `cmd:"" help:"List who may approve."`
		Enroll approverEnrollCmd `cmd:"" help:"Enrol a key for approving."`
	} `cmd:"" help:"Who may approve."`
	Apply applyCmd `cmd:"" help:"Carry out the approved changes of a plan."`
	Run   struct {
		List   runListCmd   `cmd:"" help:"List runs."`
		Show   runShowCmd   `cmd:"" help:"Show what happened in a run, change by change."`
		Resume runResumeCmd `cmd:"" help:"Go on with an interrupted run."`
	} `cmd:"" help:"What was carried out."`
	Schedule struct {
		Show scheduleShowCmd `cmd:"" help:"Show the schedule."`
		Set  scheduleSetCmd  `cmd:"" help:"Set the schedule."`
		XML  scheduleXMLCmd  `cmd:"" name:"xml" help:"Print the task for Task Scheduler."`
	} `cmd:"" help:"When adsync runs by itself."`
	Probe   probeCmd  `cmd:"" help:"Try everything that a run needs as this account, without changing anything."`
	Status  statusCmd `cmd:"" help:"The profile at a glance."`
	Sandbox struct {
		Start  sandboxStartCmd  `cmd:"" help:"Start the sandbox in the background."`
		Stop   sandboxStopCmd   `cmd:"" help:"Stop the sandbox."`
		Status sandboxStatusCmd `cmd:"" help:"Show whether the sandbox runs, and where."`
		Serve  sandboxServeCmd  `cmd:"" help:"Run the sandbox in the foreground."`
		Change sandboxChange    `cmd:"" help:"Change the sandbox's directory."`
		Seed   sandboxSeedCmd   `cmd:"" help:"Add objects to the simulated Sophos Central from a file."`
		Calls  sandboxCallsCmd  `cmd:"" help:"Show the calls that the simulated Sophos Central received."`
		Clock  sandboxClockCmd  `cmd:"" help:"Show the clock of the simulated Sophos Central, or move it on."`
		Fault  struct {
			Add   sandboxFaultAddCmd   `cmd:"" help:"Make calls go wrong."`
			List  sandboxFaultListCmd  `cmd:"" help:"List the rules by which calls go wrong."`
			Clear sandboxFaultClearCmd `cmd:"" help:"Take rules away."`
		} `cmd:"" help:"What goes wrong on the way to the simulated Sophos Central and in it."`
		Reset sandboxResetCmd `cmd:"" help:"Make the simulated Sophos Central behave again."`
	} `cmd:"" help:"A small forest and a simulated Sophos Central on this computer."`
}

// gate says whether a step needs an API credential that central validate has
// accepted (row S2 of the original utility).
type gate int

// The gates. The zero value is none of them, so that a command that was
// forgotten here is noticed.
const (
	open    gate = iota + 1 // works without: it only shows, only stops, or leads to the validation
	shut                    // changes what is synchronised, or synchronises
	depends                 // the command decides by its arguments, see guarded
)

// guarded is implemented by commands whose gate depends on their arguments.
type guarded interface{ needsValidation() bool }

// step is what is known of a command before it runs.
type step struct {
	gate gate
	list bool // its document is a list, which CSV can show
	show bool // it changes nothing in the profile, and so opens it read-only
}

// steps is the gate of every command. A test walks the grammar: a command that
// is missing here fails it.
var steps = map[string]step{
	"version":                      {gate: open, show: true},
	"credential set":               {gate: depends},
	"credential list":              {gate: open, list: true, show: true},
	"credential remove":            {gate: depends},
	"central validate":             {gate: open},
	"directory validate":           {gate: open},
	"directory domains":            {gate: open, list: true},
	"scope show":                   {gate: open, show: true},
	"scope domain include":         {gate: shut},
	"scope domain exclude":         {gate: shut},
	"scope base add":               {gate: shut},
	"scope base remove":            {gate: shut},
	"scope base confirm":           {gate: shut},
	"scope filter set":             {gate: shut},
	"scope filter clear":           {gate: shut},
	"scope accounts":               {gate: shut},
	"scope exclude add":            {gate: shut},
	"scope exclude remove":         {gate: shut},
	"scope protect add":            {gate: shut},
	"scope protect remove":         {gate: shut},
	"config show":                  {gate: open, show: true},
	"config set":                   {gate: depends},
	"config add":                   {gate: depends},
	"config remove":                {gate: depends},
	"config unset":                 {gate: depends},
	"config check":                 {gate: open, show: true},
	"config path":                  {gate: open, show: true},
	"preview":                      {gate: shut},
	"snapshot save":                {gate: shut},
	"explain":                      {gate: open},
	"plan list":                    {gate: open, list: true, show: true},
	"plan show":                    {gate: open, show: true},
	"plan remove":                  {gate: open},
	"approve":                      {gate: shut},
	"revoke":                       {gate: open},
	"approver list":                {gate: open, list: true, show: true},
	"approver enroll":              {gate: shut},
	"apply":                        {gate: shut},
	"run list":                     {gate: open, list: true, show: true},
	"run show":                     {gate: open, show: true},
	"run resume":                   {gate: shut},
	"schedule show":                {gate: open, show: true},
	"schedule set":                 {gate: depends},
	"schedule xml":                 {gate: shut},
	"probe":                        {gate: open, show: true},
	"status":                       {gate: open, show: true},
	"sandbox start":                {gate: open},
	"sandbox stop":                 {gate: open},
	"sandbox status":               {gate: open, show: true},
	"sandbox serve":                {gate: open},
	"sandbox change add":           {gate: open, list: true},
	"sandbox change rename":        {gate: open, list: true},
	"sandbox change move":          {gate: open, list: true},
	"sandbox change disable":       {gate: open, list: true},
	"sandbox change enable":        {gate: open, list: true},
	"sandbox change delete":        {gate: open, list: true},
	"sandbox change mail":          {gate: open, list: true},
	"sandbox change member add":    {gate: open, list: true},
	"sandbox change member remove": {gate: open, list: true},
	"sandbox change ou rename":     {gate: open, list: true},
	"sandbox change ou move":       {gate: open, list: true},
	"sandbox change scenario":      {gate: open, list: true},
	"sandbox seed":                 {gate: open},
	"sandbox calls":                {gate: open, list: true},
	"sandbox clock":                {gate: open},
	"sandbox fault add":            {gate: open, list: true},
	"sandbox fault list":           {gate: open, list: true},
	"sandbox fault clear":          {gate: open, list: true},
	"sandbox reset":                {gate: open},
}
