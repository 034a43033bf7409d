using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PerCall.StandIn.Answers;
using PerCall.StandIn.Requests;
using PerCall.StandIn.Scripts;

namespace PerCall.StandIn;

/// <summary>Answers every request: checks address and key, finds the script, and has it carried out.</summary>
internal sealed class Front(StandInOptions options, ConcurrentDictionary<string, Script> deployments, Emissions emissions)
{
    private readonly Administration _administration = new(deployments, emissions);

    public async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        if (path.StartsWith("/_", StringComparison.Ordinal))
        {
            await _administration.AnswerAsync(context, path);
            return;
        }

        if (Target.Parse(path, context.Request.Query.ContainsKey("api-version")) is not { } target)
        {
            await Errors.WriteAsync(context, path.StartsWith("/openai", StringComparison.Ordinal), 404, "404", "Resource not found");
            return;
        }

        if (!IsAllowed(context.Request, target))
        {
            await Errors.WriteKeyAsync(context, target.IsAzure);
            return;
        }

        if (target.Operation == Operation.Models)
        {
            await ModelAnswers.WriteAsync(context, path, [.. deployments.Keys.Order(StringComparer.Ordinal)]);
            return;
        }

        emissions.Begin();
        try
        {
            await CallAsync(context, target, path);
        }
        finally
        {
            emissions.End();
        }
    }

    private async Task CallAsync(HttpContext context, Target target, string path)
    {
        JsonDocument? document = null;
        try
        {
            Asked asked;
            if (target.Operation == Operation.Transcriptions)
            {
                asked = Asked.Parse(await context.Request.ReadFormAsync(context.RequestAborted));
            }
            else
            {
                document = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
                asked = Asked.Parse(document.RootElement);
            }

            var deployment = target.Deployment ?? asked.Model;
            if (options.Deployments.Count > 0 && !deployments.ContainsKey(deployment))
            {
                await Errors.WriteUnknownAsync(context, target.IsAzure, deployment);
                return;
            }

            var script = asked.Script.At is { } at && at != deployment ? asked.Script.WithoutFaults() : asked.Script;
            script = deployments.GetValueOrDefault(deployment, Script.Empty).Over(script);
            var emission = emissions.Record(script.Id, path, deployment);
            using var closed = context.RequestAborted.Register(emission.Close);
            try
            {
                await new Call(context, target, asked, script, emission).AnswerAsync();
            }
            finally
            {
                // The answer can end, and its registration with it, before the registration is called.
                if (context.RequestAborted.IsCancellationRequested)
                {
                    emission.Close();
                }
            }
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidDataException)
        {
            await Errors.WriteAsync(context, target.IsAzure, 400, "invalid_request", e.Message);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            // The client has left.
        }
        finally
        {
            document?.Dispose();
        }
    }

    private bool IsAllowed(HttpRequest request, Target target)
    {
        var bearer = request.Headers.Authorization.ToString();
        var key = request.Headers.TryGetValue("api-key", out var header) ? header.ToString()
            : bearer.StartsWith("Bearer ", StringComparison.Ordinal) ? bearer["Bearer ".Length..] : "";
        return options.Key is { } wanted
            ? CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(wanted), Encoding.UTF8.GetBytes(key))
            : key.Length > 0 || !target.IsAzure;
    }
}
