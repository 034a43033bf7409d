using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using PerCall.Bench.Accuracy;
using PerCall.Bench.Backups;
using PerCall.Bench.Batches;
using PerCall.Bench.Batches.Planning;
using PerCall.Bench.Batches.Scale;
using PerCall.Bench.Cost;
using PerCall.Bench.Decode;
using PerCall.Bench.LargeModels;
using PerCall.Bench.Latency;
using PerCall.Bench.Memory;
using PerCall.Bench.Metering;
using PerCall.Bench.OpenInference;
using PerCall.Bench.Predict;
using PerCall.Bench.Publishing;
using PerCall.Bench.Recommend;
using PerCall.Bench.Redaction;
using PerCall.Bench.Start;
using PerCall.Bench.Telemetry;
using PerCall.Bench.Text;
using PerCall.Bench.Throughput;

// Numbers are read and written the same way under every system's culture.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
if (Assembly.GetExecutingAssembly().GetCustomAttribute<DebuggableAttribute>()?.IsJITOptimizerDisabled == true)
{
    Console.Error.WriteLine("error: This is a debug build, whose figures mean nothing; run with -c Release.");
    return 1;
}

return await new RootCommand("Measures PerCall; every command writes its result to bench/results.")
{
    AccuracyCommand.Create(),
    ThroughputCommand.Create(),
    OpenInferenceCommand.Create(),
    LatencyCommand.Create(),
    StartCommand.Create(),
    PublishCommand.Create(),
    FirstAnswerCommand.Create(),
    MemoryCommand.Create(),
    DecodeCommand.Create(),
    TextThroughputCommand.Create(),
    WordPieceCommand.Create(),
    EmbeddingsCommand.Create(),
    RedactionCommand.Create(),
    RecommendTopCommand.Create(),
    RecommendLoadCommand.Create(),
    QualityCommand.Create(),
    MeteringCommand.Create(),
    JournalCommand.Create(),
    RollUpCommand.Create(),
    KillCommand.Create(),
    LimitsCommand.Create(),
    LargeModelsCommand.Create(),
    ScriptsCommand.Create(),
    BatchKillCommand.Create(),
    BatchEngineCommand.Create(),
    BatchRowsCommand.Create(),
    BatchMemoryCommand.Create(),
    BatchPlanningCommand.Create(),
    BatchScaleCommand.Create(),
    CostCommand.Create(),
    RestoreCommand.Create(),
    IdleDayCommand.Create(),
    TelemetryCommand.Create(),
    PlanBatchCommand.Create(),
    BareRowsCommand.Create(),
    TrainingCommand.Create(),
    BareLoopCommand.Create(),
    TensorLoopCommand.Create(),
    TextLoopCommand.Create(),
    EmbeddingsCommand.CreateLoop(),
}.Parse(args).InvokeAsync();
