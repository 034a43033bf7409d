using System.Text.Json;
using PerCall.Functions.Pricing;
using PerCall.Functions.Scoring;
using PerCall.Functions.Text;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Tests.Predictions;

/// <summary>A task whose work is what a test says, on a model that is there.</summary>
internal sealed class FakeScorer : ITaskScorer
{
    /// <summary>Given the id; answers a text.</summary>
    public Func<string, string> Work { get; set; } = id => id;

    public ModelTask Task => ModelTask.TextClassification;

    public string Endpoint => "/v1/text/classify";

    public Operation Operation => TextOperations.Classify;

    public int MaxBytes => 1 << 20;

    public IReadOnlyCollection<string> TextMembers { get; } = [];

    public IReadOnlyCollection<string> JsonMembers { get; } = [];

    public IReadOnlyList<IReadOnlyList<string>> Subjects { get; } = [];

    public IReadOnlyList<string> Columns { get; } = [];

    public string? BareMember => "input";

    public TaskInput Read(ReadOnlySpan<byte> json, bool lenient = false) => new FakeInput();

    public Outcome[] Score(LoadedModel model, IReadOnlyList<TaskInput> inputs, IReadOnlyList<string> ids, CancellationToken cancellation) =>
        [.. ids.Select(id => new Outcome(new FakeAnswer(Work(id)), null))];

    private sealed record FakeInput() : TaskInput((string?)null)
    {
        public override long Units => 2;
    }

    private sealed class FakeAnswer(string text) : TaskAnswer
    {
        public override IReadOnlyList<object?> Cells => [];

        public override void WriteTo(Utf8JsonWriter writer)
        {
            writer.WriteStartObject();
            writer.WriteString("text", text);
            writer.WriteEndObject();
        }
    }
}
