using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace PerCall.Infrastructure.Tests;

/// <summary>
/// The compiler that restore has brought, as one process that answers questions (JSON-RPC on its standard input and output): its start
/// takes ten times as long as an answer, and there are dozens of questions.
/// </summary>
internal sealed class BicepServer : IDisposable
{
    private static readonly Lazy<BicepServer> Started = new(Share);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly Process _process;
    private readonly BufferedStream _answers;
    private int _id;

    /// <param name="environment">What <c>readEnvironmentVariable</c> finds; nothing of the machine's own deployments.</param>
    public BicepServer(IReadOnlyDictionary<string, string> environment)
    {
        var program = typeof(BicepServer).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(a => a.Key == "BicepPath").Value!;
        try
        {
            var start = new ProcessStartInfo(program, ["jsonrpc", "--stdio"])
            { RedirectStandardInput = true, RedirectStandardOutput = true };
            foreach (var name in start.Environment.Keys.Where(IsOfADeployment).ToList())
            {
                start.Environment.Remove(name);
            }

            foreach (var (name, value) in environment)
            {
                start.Environment[name] = value;
            }

            _process = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Assert.Skip($"There is no {program} here; tools/bicep/Bicep.targets says where it comes from.");
            throw;
        }

        _answers = new(_process.StandardOutput.BaseStream);
    }

    /// <summary>The one that all share, without variables.</summary>
    public static BicepServer Shared => Started.Value;

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
        _answers.Dispose();
        _turn.Dispose();
    }

    /// <exception cref="RefusedException">The answer is an error.</exception>
    public async Task<JsonObject> AskAsync(string method, JsonObject question)
    {
        await _turn.WaitAsync();
        try
        {
            var request = JsonSerializer.SerializeToUtf8Bytes(
                new JsonObject { ["jsonrpc"] = "2.0", ["id"] = ++_id, ["method"] = method, ["params"] = new JsonArray(question) });
            var input = _process.StandardInput.BaseStream;
            await input.WriteAsync(
                System.Text.Encoding.ASCII.GetBytes(
                    string.Create(CultureInfo.InvariantCulture, $"Content-Length: {request.Length}\r\n\r\n")));
            await input.WriteAsync(request);
            await input.FlushAsync();
            var answer = JsonNode.Parse(await ReadAsync())!;
            return answer["error"] is { } error
                ? throw new RefusedException((string?)error["data"]?["message"] ?? error.ToJsonString())
                : answer["result"]!.AsObject();
        }
        finally
        {
            _turn.Release();
        }
    }

    private static BicepServer Share()
    {
        var server = new BicepServer(new Dictionary<string, string>());
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.Dispose();
        return server;
    }

    private static bool IsOfADeployment(string name) =>
        name.StartsWith("PERCALL_", StringComparison.Ordinal) || name.StartsWith("AZURE_", StringComparison.Ordinal);

    private async Task<byte[]> ReadAsync()
    {
        var length = 0;
        while (ReadLine() is { Length: > 0 } header)
        {
            if (header.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            {
                length = int.Parse(header["Content-Length:".Length..], CultureInfo.InvariantCulture);
            }
        }

        var body = new byte[length];
        await _answers.ReadExactlyAsync(body);
        return body;
    }

    private string ReadLine()
    {
        var line = new System.Text.StringBuilder();
        for (var read = _answers.ReadByte(); read != '\n'; read = _answers.ReadByte())
        {
            line.Append(read >= 0 ? (char)read : throw new EndOfStreamException("The compiler has ended."));
        }

        return line.ToString().TrimEnd('\r');
    }
}

/// <summary>What the compiler has against it.</summary>
internal sealed class RefusedException(string message) : Exception(message);
