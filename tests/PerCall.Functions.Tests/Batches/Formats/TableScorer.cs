using PerCall.Functions.Pricing;
using PerCall.Functions.Scoring;
using PerCall.Functions.Text;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Tests.Batches.Formats;

/// <summary>A task that reads the columns <c>text</c>, <c>input</c> and <c>top_k</c>, and scores nothing.</summary>
internal class TableScorer : ITaskScorer
{
    public ModelTask Task => ModelTask.TextClassification;

    public string Endpoint => "/v1/text/classify";

    public Operation Operation => TextOperations.Classify;

    public int MaxBytes => 1000;

    public IReadOnlyCollection<string> TextMembers => ["text", "input"];

    public IReadOnlyCollection<string> JsonMembers => ["top_k"];

    public IReadOnlyList<IReadOnlyList<string>> Subjects => [["text", "input"]];

    public IReadOnlyList<string> Columns => ["label"];

    public string? BareMember => null;

    public TaskInput Read(ReadOnlySpan<byte> json, bool lenient = false) => throw new NotSupportedException();

    public Outcome[] Score(LoadedModel model, IReadOnlyList<TaskInput> inputs, IReadOnlyList<string> ids, CancellationToken cancellation) =>
        throw new NotSupportedException();
}
