using System.Text;
using Microsoft.Extensions.Options;
using PerCall.Functions.Images;
using PerCall.Functions.Predict;
using PerCall.Functions.Requests;
using PerCall.Functions.Text;
using Xunit;

namespace PerCall.Functions.Tests.Predict;

/// <summary>Readers and scorers with small limits.</summary>
internal static class Readers
{
    public static PredictReader Reader { get; } = new(
        Options.Create(new TextOptions { MaxCharacters = 100 }), Options.Create(new ImageOptions { MaxBytes = 1024 }));

    public static PredictScorer Tables { get; } = new(PredictTask.Tables, Reader);

    public static PredictCall Read(PredictTask task, string json, bool lenient = false) =>
        Reader.Read(task, Encoding.UTF8.GetBytes(json), lenient);

    public static RefusedException Refuse(PredictTask task, string json, bool lenient = false) =>
        Assert.Throws<RefusedException>(() => Read(task, json, lenient));
}
