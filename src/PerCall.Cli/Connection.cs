using System.CommandLine;
using PerCall.Client;

namespace PerCall.Cli;

/// <summary>The options that say which service, and with which key.</summary>
internal sealed class Connection
{
    private const string KeySetting = "PERCALL_ADMIN_KEY";

    private readonly Option<Uri> _address = new("--address")
    {
        Description = "Address of the service, for example https://my-app.azurewebsites.net.",
        DefaultValueFactory = _ => new Uri("http://localhost:7071"),
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
            {
                return address;
            }

            result.AddError($"'{result.Tokens[0].Value}' is not a valid address; it must begin with http:// or https://.");
            return null;
        },
    };

    private readonly Option<string?> _key = new("--key")
    {
        Description = $"Operator's key, also a named one. Default: the environment variable {KeySetting}.",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_address);
        command.Options.Add(_key);
    }

    public Uri Address(ParseResult parsed) => parsed.GetRequiredValue(_address);

    public PerCallClient Open(ParseResult parsed) =>
        PerCallClient.Connect(Address(parsed), parsed.GetValue(_key) ?? Environment.GetEnvironmentVariable(KeySetting));
}
