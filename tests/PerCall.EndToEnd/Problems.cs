using System.Text.Json;
using PerCall.Client.Wire;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>Holds a refusal to the form that every refusal has.</summary>
internal static class Problems
{
    /// <param name="response">Disposed of.</param>
    /// <param name="status">The status, on the line and in the body.</param>
    /// <param name="code">The stable name of the fault.</param>
    /// <param name="param">The parameter at fault.</param>
    /// <param name="detail">A part of the sentence for people.</param>
    public static async Task AssertAsync(HttpResponseMessage response, int status, string code, string? param, string detail = "")
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(response.Content.Headers.ContentType?.MediaType == Problem.MediaType, $"{response.StatusCode}: {text}");
            var problem = JsonSerializer.Deserialize(text, WireJson.Default.Problem)!;
            Assert.True((status, code, param) == (problem.Status, problem.Code, problem.Param), text);
            Assert.Equal(status, (int)response.StatusCode);
            Assert.Contains(detail, problem.Detail, StringComparison.Ordinal);
            Assert.Equal($"urn:percall:request:{response.Headers.GetValues("x-request-id").Single()}", problem.Instance);
            Assert.NotEmpty(problem.TraceId!);
            Assert.True(response.Headers.Contains("Server-Timing"));
        }
    }
}
